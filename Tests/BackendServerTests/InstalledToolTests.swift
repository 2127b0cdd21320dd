import Backends
import ProcessRunning
import TestSupport
import Testing

@Suite struct InstalledToolTests {
  @Test func `the tools of this machine are found`() async {
    let probe = ToolProbe(
      search: ExecutableSearch(path: nil), runner: testRunner(), environment: testEnvironment())
    let xrdfs = await probe.probe("xrdfs")
    #expect(xrdfs.path == "/usr/bin/xrdfs" && xrdfs.problem == nil)
    #expect(xrdfs.version?.hasPrefix("v") == true)
    let gfal = await probe.probe("gfal-rm")
    #expect(gfal.problem == nil)
    #expect(gfal.version?.hasPrefix("gfal2-util version") == true)
    #expect(await probe.probe("no-such-tool").problem == "not installed here")
  }
}
