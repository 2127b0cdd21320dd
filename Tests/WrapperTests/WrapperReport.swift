/// What the tests look at in the wrapper's report.
struct WrapperReport: Decodable {
  struct Tool: Decodable {
    let name: String
  }

  struct Job: Decodable {
    let host: String
    let user: String
    let started: String
    let finished: String?
  }

  struct Summary: Decodable {
    let requested: Int
    let deleted: Int
    let absent: Int
    let failed: Int
    let refused: Int
    let notAttempted: Int
  }

  struct Exit: Decodable {
    let code: Int
    let wmcoreExitCode: Int
    let reason: String
  }

  struct Steps: Decodable {
    struct Step: Decodable {
      let status: Int
    }
    let swab: Step
  }

  let schema: String
  let status: String
  let tool: Tool
  let job: Job
  let summary: Summary
  let steps: Steps?
  let exit: Exit
}
