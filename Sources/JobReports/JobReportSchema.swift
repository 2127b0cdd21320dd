import DeletionModel

/// The JSON Schema of the job report (draft 2020-12): what `swab report schema` prints.
package enum JobReportSchema {
  /// The schema as JSON.
  package static let text = #"""
    {
      "$schema": "https://json-schema.org/draft/2020-12/schema",
      "$id": "urn:swab:job-report:1",
      "title": "swab.job-report/1",
      "description": "What became of every file that a swab job was asked to delete. Times are ISO 8601 in UTC, durations are seconds.",
      "type": "object",
      "required": ["schema", "status", "tool", "job", "request", "summary", "storage", "errors", "warnings", "exit"],
      "properties": {
        "schema": { "const": "swab.job-report/1" },
        "status": { "enum": ["complete", "incomplete"] },
        "tool": { "$ref": "#/$defs/tool" },
        "job": {
          "type": "object",
          "required": ["host", "user", "pid", "started", "finished", "seconds", "site", "subsite", "siteConfig",
            "campaign", "jobId", "condor"],
          "properties": {
            "host": { "type": "string" }, "user": { "type": "string" }, "pid": { "type": "integer" },
            "started": { "$ref": "#/$defs/time" },
            "finished": { "oneOf": [{ "$ref": "#/$defs/time" }, { "type": "null" }] },
            "seconds": { "$ref": "#/$defs/seconds" },
            "site": { "$ref": "#/$defs/text" }, "subsite": { "$ref": "#/$defs/text" },
            "siteConfig": { "$ref": "#/$defs/text" }, "campaign": { "$ref": "#/$defs/text" },
            "jobId": { "$ref": "#/$defs/text" },
            "condor": { "type": ["object", "null"] },
            "journal": {
              "type": "object",
              "required": ["file", "runs", "earlierSeconds", "settledEarlier"],
              "properties": {
                "file": { "type": "string" }, "runs": { "type": "integer", "minimum": 1 },
                "earlierSeconds": { "$ref": "#/$defs/seconds" }, "settledEarlier": { "$ref": "#/$defs/count" }
              }
            }
          }
        },
        "request": {
          "type": "object",
          "required": ["sources", "rse", "allow", "protected", "dryRun", "retries", "timeout", "deadline",
            "concurrency"],
          "properties": {
            "sources": { "$ref": "#/$defs/texts" }, "rse": { "$ref": "#/$defs/text" },
            "allow": { "$ref": "#/$defs/texts" },
            "protected": {
              "type": "object",
              "required": ["files", "entries"],
              "properties": { "files": { "$ref": "#/$defs/texts" }, "entries": { "$ref": "#/$defs/count" } }
            },
            "dryRun": { "type": "boolean" }, "retries": { "type": ["integer", "null"], "minimum": 0 },
            "timeout": { "type": ["number", "null"] }, "deadline": { "type": ["number", "null"] },
            "concurrency": { "type": ["integer", "null"] }
          }
        },
        "summary": { "$ref": "#/$defs/summary" },
        "storage": { "type": "array", "items": { "$ref": "#/$defs/storage" } },
        "errors": { "type": "array", "items": { "$ref": "#/$defs/errors" } },
        "warnings": { "$ref": "#/$defs/texts" },
        "files": { "type": "array", "items": { "$ref": "#/$defs/file" } },
        "steps": {
          "type": "object",
          "required": ["swab"],
          "properties": {
            "swab": {
              "type": "object",
              "required": ["status", "site", "start", "stop", "errors", "cleanup"],
              "properties": {
                "status": { "type": "integer" }, "site": { "$ref": "#/$defs/text" },
                "start": { "type": "string" }, "stop": { "$ref": "#/$defs/text" },
                "errors": {
                  "type": "array",
                  "items": {
                    "type": "object",
                    "required": ["exitCode", "type", "details"],
                    "properties": {
                      "exitCode": { "type": "integer" }, "type": { "type": "string" },
                      "details": { "type": "string" }
                    }
                  }
                },
                "cleanup": {
                  "type": "object",
                  "required": ["removed", "unremoved"],
                  "properties": {
                    "removed": { "type": "array", "items": { "$ref": "#/$defs/cleanup" } },
                    "unremoved": { "type": "array", "items": { "$ref": "#/$defs/cleanup" } }
                  }
                }
              }
            }
          }
        },
        "exit": { "$ref": "#/$defs/exit" }
      },
      "$defs": {
    \#(ReportSchemaParts.definitions()),
        "cleanup": {
          "type": "object",
          "required": ["LFN", "PFN", "PNN", "StageOutCommand"],
          "properties": {
            "LFN": { "type": "string" }, "PFN": { "$ref": "#/$defs/text" }, "PNN": { "$ref": "#/$defs/text" },
            "StageOutCommand": { "$ref": "#/$defs/text" }, "Outcome": { "type": "string" },
            "Reason": { "$ref": "#/$defs/text" }
          }
        }
      }
    }
    """#
}
