import DeletionModel
import TestSupport
@testable import BackendXRootD
@testable import Credentials

/// A native XRootD backend as tests use it.
func testXRoot(
  _ credential: EndpointCredential = .none, window: Int = 16, certificates: String = "/etc/ssl/certs",
  limits: XRootLimits = XRootLimits()
) -> XRootBackend {
  XRootBackend(
    time: testTime,
    configuration: .init(
      pacer: FixedPacer(limit: window), credentials: FixedCredential(credential),
      certificateDirectory: certificates),
    limits: limits)
}
