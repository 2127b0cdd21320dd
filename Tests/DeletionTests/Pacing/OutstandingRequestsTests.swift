import Testing

@testable import DeletionEngine
@testable import DeletionModel
@testable import JobReports
@testable import ListReading
@testable import RunJournal

@Suite struct OutstandingRequestsTests {
  static func at(_ seconds: Double) -> Moment { Moment(sinceStart: .seconds(seconds)) }

  @Test func `those that were overtaken do not count`() {
    var requests = OutstandingRequests()
    requests.add(3, at: Self.at(0))
    requests.add(2, at: Self.at(1))
    #expect(requests.count == 5 && requests.quick == 5 && requests.nextID == 5)
    #expect(requests.end(1) == false)
    requests.holdBack(sentBefore: 0.5, limit: 10)
    #expect(requests.count == 4 && requests.slow == 2 && requests.oldestQuick == 1)
    #expect(requests.end(0) == true)
    #expect(requests.end(0) == nil && requests.end(1) == nil && requests.end(99) == nil)
    #expect(requests.count == 3 && requests.slow == 1 && requests.quick == 2)
    requests.holdBack(sentBefore: 2, limit: 2)
    #expect(requests.slow == 2 && requests.quick == 1)
    #expect(requests.end(2) == true && requests.end(3) == true && requests.end(4) == false)
    #expect(requests.count == 0 && requests.slow == 0 && requests.oldestQuick == nil)
    requests.add(1, at: Self.at(3))
    #expect(requests.quick == 1 && requests.nextID == 6 && requests.oldestQuick == 3)
  }
}
