import Deletion

/// Some failures are the same for every file: nobody listens, nobody answers, or nobody trusts the other. Then
/// the rest is not sent, so that a dead or unwilling server is not asked a thousand times. Pure.
enum HopelessServer {
  /// What the rest would fail with; nil where it may fare better.
  /// - Parameters:
  ///   - reply: of the endpoint itself. A server behind it speaks for itself only.
  ///   - hasAnsweredSince: whether the endpoint answered anything since this request began.
  ///   - isCurrentCredential: whether the request showed what others would show too.
  static func error(
    _ reply: WebDAVReply, hasAnsweredSince: Bool, isCurrentCredential: Bool
  ) -> DeletionError? {
    if let trouble = reply.trouble {
      let isMute = trouble.isUnavailable && (!trouble.isAmbiguous || !hasAnsweredSince)
      return isMute || trouble.errorClass == .auth || trouble.errorClass == .fatal ? trouble : nil
    }
    return reply.isUnauthorized && isCurrentCredential ? HTTPAnswers.error(reply.http) : nil
  }
}
