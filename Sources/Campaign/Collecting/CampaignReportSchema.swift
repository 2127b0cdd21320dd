import JobReports

/// The JSON Schema of the campaign report (draft 2020-12): what `swab-submit report schema` prints.
package enum CampaignReportSchema {
  /// The schema as JSON.
  package static let text = #"""
    {
      "$schema": "https://json-schema.org/draft/2020-12/schema",
      "$id": "urn:swab:campaign-report:1",
      "title": "\#(CampaignReport.schema)",
      "description": "What became of every file of a campaign, and how its jobs stand. Times are ISO 8601 in UTC, durations are seconds.",
      "type": "object",
      "required": ["schema", "status", "tool", "campaign", "rounds", "jobs", "summary", "storage", "errors",
        "hosts", "directories", "warnings", "exit"],
      "properties": {
        "schema": { "const": "\#(CampaignReport.schema)" },
        "status": { "enum": ["complete", "incomplete"] },
        "tool": { "$ref": "#/$defs/tool" },
        "campaign": {
          "type": "object",
          "required": ["name", "id", "rse", "site", "created", "expires", "collected", "source"],
          "properties": {
            "name": { "type": "string" }, "id": { "type": "string" }, "rse": { "type": "string" },
            "site": { "type": "string" }, "created": { "$ref": "#/$defs/time" },
            "expires": { "$ref": "#/$defs/time" }, "collected": { "$ref": "#/$defs/time" },
            "source": {
              "type": "object",
              "required": ["location", "made", "run", "sha256"],
              "properties": {
                "location": { "type": "string" }, "made": { "$ref": "#/$defs/time" },
                "run": { "$ref": "#/$defs/text" }, "sha256": { "type": "string", "pattern": "^[0-9a-f]{64}$" }
              }
            }
          }
        },
        "rounds": {
          "type": "array", "minItems": 1,
          "items": {
            "type": "object",
            "required": ["round", "created", "submitted", "jobs", "files"],
            "properties": {
              "round": { "$ref": "#/$defs/round" }, "created": { "$ref": "#/$defs/time" },
              "submitted": { "oneOf": [{ "$ref": "#/$defs/time" }, { "type": "null" }] },
              "jobs": { "$ref": "#/$defs/count" }, "files": { "$ref": "#/$defs/count" }
            }
          }
        },
        "jobs": {
          "type": "array",
          "items": {
            "type": "object",
            "required": ["job", "round", "condor", "state", "reason", "exitCode", "files", "counts", "problem", "host",
              "site", "seconds", "starts", "attempts"],
            "properties": {
              "job": { "$ref": "#/$defs/job" }, "round": { "$ref": "#/$defs/round" },
              "condor": { "type": ["string", "null"], "pattern": "^[0-9]+\\.[0-9]+$" },
              "state": { "enum": [\#(ReportSchemaParts.list(JobState.allCases.map(\.rawValue)))] },
              "reason": { "$ref": "#/$defs/text" }, "exitCode": { "type": ["integer", "null"] },
              "files": { "$ref": "#/$defs/count" },
              "counts": {
                "type": "object",
                "required": ["deleted", "absent", "failed", "refused", "notAttempted"],
                "additionalProperties": { "$ref": "#/$defs/count" }
              },
              "problem": { "$ref": "#/$defs/text" }, "host": { "$ref": "#/$defs/text" },
              "site": { "$ref": "#/$defs/text" }, "seconds": { "type": ["number", "null"], "minimum": 0 },
              "starts": { "$ref": "#/$defs/count" }, "attempts": { "$ref": "#/$defs/count" },
              "saidDeleted": {
                "description": "What a job that ended without a whole report had said, by its ad or the event log.",
                "$ref": "#/$defs/count"
              }
            }
          }
        },
        "summary": { "$ref": "#/$defs/summary" },
        "storage": { "type": "array", "items": { "$ref": "#/$defs/storage" } },
        "errors": { "type": "array", "items": { "$ref": "#/$defs/errors" } },
        "hosts": {
          "description": "What each machine has done; failures are runs that deleted nothing and might have gone better elsewhere.",
          "type": "array",
          "items": {
            "type": "object",
            "required": ["host", "jobs", "failures", "deleted", "absent", "failed"],
            "properties": {
              "host": { "type": "string" }, "jobs": { "$ref": "#/$defs/count" },
              "failures": { "$ref": "#/$defs/count" }, "deleted": { "$ref": "#/$defs/count" },
              "absent": { "$ref": "#/$defs/count" }, "failed": { "$ref": "#/$defs/count" },
              "suspect": { "const": true }, "bad": { "const": true }
            }
          }
        },
        "directories": {
          "type": "array",
          "items": {
            "type": "object",
            "required": ["path", "files", "notGone"],
            "properties": {
              "path": { "type": "string" }, "files": { "$ref": "#/$defs/count" },
              "notGone": { "type": "integer", "minimum": 1 }
            }
          }
        },
        "warnings": { "$ref": "#/$defs/texts" },
        "exit": { "$ref": "#/$defs/exit" },
        "files": {
          "type": "array",
          "items": {
            "$ref": "#/$defs/file",
            "required": ["job", "round"],
            "properties": { "job": { "$ref": "#/$defs/job" }, "round": { "$ref": "#/$defs/round" } }
          }
        }
      },
      "$defs": {
        "job": { "type": "string", "pattern": "^[0-9]{4,}$" },
        "round": { "type": "integer", "minimum": 1 },
    \#(ReportSchemaParts.definitions(moreClasses: [JobAccount.pending]))
      }
    }
    """#
}
