import ByteStreams
import DeletionModel
import JobReports
import ListReading
import RunJournal
import SiteConf

/// Ends a command: one line for a person, and the exit code.
package struct CommandFailure: Error, CustomStringConvertible {
  package let status: ExitStatus
  package let description: String

  package init(_ status: ExitStatus, _ text: String) {
    self.status = status
    self.description = text
  }

  /// Gives any error that can reach a command its exit code.
  package init(_ error: any Error) {
    switch error {
    case let error as CommandFailure: self = error
    case let error as any ExitingError: self.init(error.status, error.description)
    case let error as FileError: self.init(.noInput, "\(error)")
    case let error as ListError: self.init(.badInput, "\(error)")
    case let error as DocumentError: self.init(.badInput, "\(error)")
    case let error as JournalError: self.init(Self.status(error.problem), "\(error)")
    case let error as SiteConfProblem: self.init(.badSiteConfig, "\(error)")
    default: self.init(.internalError, "internal error: \(error)")
    }
  }

  private static func status(_ problem: JournalError.Problem) -> ExitStatus {
    switch problem {
    case .foreign, .format, .otherRun, .damaged: .badInput
    case .noFile: .usage
    case .inUse: .stoppedEarly
    case .file: .cannotReport
    }
  }
}
