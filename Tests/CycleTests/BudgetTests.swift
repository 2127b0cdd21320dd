import Testing

@testable import Cycle

@Suite("Bounds over all RSEs") struct BudgetTests {
  private func settings(_ change: (inout CycleSettings) -> Void) -> CycleSettings {
    var settings = CycleSettings()
    change(&settings)
    return settings
  }

  private func limits(_ change: (inout RSESettings) -> Void = { _ in }) -> RSESettings {
    var limits = RSESettings()
    change(&limits)
    return limits
  }

  @Test func `a pool of jobs is shared, and comes back`() {
    let budget = CycleBudget(settings { $0.jobsInFlight = 5 })
    #expect(budget.grant("A", limits(), files: [1, 1, 1]) == .jobs(3))
    #expect(budget.grant("B", limits(), files: [1, 1, 1]) == .jobs(2))
    guard case .none(.jobLimit, _) = budget.grant("C", limits(), files: [1]) else {
      Issue.record("more than the bound was granted")
      return
    }
    budget.note("A", limits(), jobs: 1, files: 1)
    #expect(budget.grant("C", limits(), files: [1, 1, 1]) == .jobs(2))
  }

  @Test func `bounds of an RSE and of a schedd`() {
    let budget = CycleBudget(settings { $0.jobsPerSchedd = 3 }, [:])
    func at(_ name: String, _ jobs: Int = 50) -> RSESettings {
      limits {
        $0.target.schedd = name
        $0.jobsInFlight = jobs
      }
    }
    budget.note("A", at("s"), jobs: 1, files: 1)
    #expect(budget.grant("A", at("s", 2), files: [1, 1, 1]) == .jobs(1))
    #expect(budget.grant("B", at("s"), files: [1, 1]) == .jobs(1))
    #expect(budget.grant("C", at("t"), files: [1, 1]) == .jobs(2))
  }

  @Test func `bounds of a storage that RSEs share`() {
    let budget = CycleBudget(settings { $0.jobsPerHost = 3 })
    #expect(budget.grant("A", limits { $0.storageHost = "h" }, files: [1, 1]) == .jobs(2))
    #expect(budget.grant("B", limits { $0.storageHost = "h" }, files: [1, 1]) == .jobs(1))
    #expect(budget.grant("C", limits(), files: [1, 1]) == .jobs(2))
    guard case .none(.jobLimit, let text) = budget.grant("D", limits { $0.storageHost = "h" }, files: [1])
    else {
      Issue.record("more than the bound was granted")
      return
    }
    #expect(text == "jobs-per-storage-host is 3, at h")
  }

  @Test func `files in flight, over all and of an RSE`() {
    let budget = CycleBudget(settings { $0.filesInFlight = 100 })
    #expect(budget.grant("A", limits { $0.filesInFlight = 30 }, files: [20, 10, 10]) == .jobs(2))
    #expect(budget.grant("B", limits(), files: [40, 40]) == .jobs(1))
    budget.note("A", limits(), jobs: 0, files: 0)
    #expect(budget.grant("C", limits(), files: [40, 20, 1]) == .jobs(2))
    guard case .none(.fileLimit, _) = budget.grant("B", limits(), files: [1]) else {
      Issue.record("more than the bound was granted")
      return
    }
  }

  @Test func `files a day`() {
    let budget = CycleBudget(
      settings { $0.filesPerDay = 100 }, ["A": .init(filesOfDay: 30), "B": .init(filesOfDay: 40)])
    #expect(budget.grant("A", limits(), files: [10, 10, 11]) == .jobs(2))
    guard case .none(.fileLimit, _) = budget.grant("A", limits(), files: [11]) else {
      Issue.record("more than a day's files were granted")
      return
    }
    // What is larger than any day goes out alone, on a day without others.
    #expect(budget.grant("C", limits(), files: [500, 1]) == .jobs(1))
    guard case .none(.fileLimit, _) = budget.grant("D", limits(), files: [1]) else {
      Issue.record("more than a day's files were granted")
      return
    }
  }
}
