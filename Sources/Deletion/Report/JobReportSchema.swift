/// The JSON Schema of the job report (draft 2020-12): what `swab report schema` prints.
public enum JobReportSchema {
  /// The schema as JSON.
  public static let text = #"""
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
        "tool": {
          "type": "object",
          "required": ["name", "version", "commit"],
          "properties": {
            "name": { "type": "string" }, "version": { "type": "string" }, "commit": { "type": "string" }
          }
        },
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
            "dryRun": { "type": "boolean" }, "retries": { "$ref": "#/$defs/count" },
            "timeout": { "type": ["number", "null"] }, "deadline": { "type": ["number", "null"] },
            "concurrency": { "type": ["integer", "null"] }
          }
        },
        "summary": {
          "type": "object",
          "required": ["requested", "deleted", "absent", "failed", "refused", "notAttempted", "attempts",
            "filesPerSecond", "latency"],
          "properties": {
            "requested": { "$ref": "#/$defs/count" }, "deleted": { "$ref": "#/$defs/count" },
            "absent": { "$ref": "#/$defs/count" }, "failed": { "$ref": "#/$defs/count" },
            "refused": { "$ref": "#/$defs/count" }, "notAttempted": { "$ref": "#/$defs/count" },
            "attempts": { "$ref": "#/$defs/count" }, "filesPerSecond": { "$ref": "#/$defs/seconds" },
            "latency": { "$ref": "#/$defs/latency" },
            "directories": {
              "type": "object",
              "required": ["removed", "kept", "failed"],
              "properties": {
                "removed": { "$ref": "#/$defs/count" }, "kept": { "$ref": "#/$defs/count" },
                "failed": { "$ref": "#/$defs/count" }
              }
            }
          }
        },
        "storage": {
          "type": "array",
          "items": {
            "type": "object",
            "required": ["rse", "storageSite", "volume", "protocol", "command", "backend", "endpoint", "deleted",
              "absent", "failed", "circuit", "latency"],
            "properties": {
              "rse": { "$ref": "#/$defs/text" }, "storageSite": { "$ref": "#/$defs/text" },
              "volume": { "$ref": "#/$defs/text" }, "protocol": { "$ref": "#/$defs/text" },
              "command": { "$ref": "#/$defs/text" }, "backend": { "type": "string" },
              "endpoint": { "type": "string" }, "deleted": { "$ref": "#/$defs/count" },
              "absent": { "$ref": "#/$defs/count" }, "failed": { "$ref": "#/$defs/count" },
              "circuit": { "enum": ["closed", "open"] }, "suspect": { "const": true },
              "latency": { "$ref": "#/$defs/latency" }
            }
          }
        },
        "errors": {
          "type": "array",
          "items": {
            "type": "object",
            "required": ["class", "count", "wmcoreExitCode", "example"],
            "properties": {
              "class": { "$ref": "#/$defs/class" }, "count": { "type": "integer", "minimum": 1 },
              "wmcoreExitCode": { "type": "integer" },
              "example": {
                "type": "object",
                "required": ["lfn", "pfn", "message"],
                "properties": {
                  "lfn": { "type": "string" }, "pfn": { "$ref": "#/$defs/text" },
                  "message": { "type": "string" }
                }
              }
            }
          }
        },
        "warnings": { "$ref": "#/$defs/texts" },
        "files": {
          "type": "array",
          "items": {
            "type": "object",
            "required": ["lfn", "pfn", "rse", "backend", "outcome", "attempts", "seconds"],
            "properties": {
              "lfn": { "type": "string" }, "pfn": { "$ref": "#/$defs/text" }, "rse": { "$ref": "#/$defs/text" },
              "backend": { "$ref": "#/$defs/text" },
              "outcome": { "enum": ["deleted", "absent", "failed", "refused", "notAttempted"] },
              "attempts": { "$ref": "#/$defs/count" }, "seconds": { "$ref": "#/$defs/seconds" },
              "confirmedBy": { "enum": ["absent"] },
              "error": {
                "type": "object",
                "required": ["class", "code", "message"],
                "properties": {
                  "class": { "$ref": "#/$defs/class" }, "code": { "type": "string" },
                  "message": { "type": "string" }
                }
              }
            }
          }
        },
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
        "exit": {
          "type": "object",
          "required": ["code", "wmcoreExitCode", "reason"],
          "properties": {
            "code": { "type": "integer", "minimum": 0, "maximum": 255 },
            "wmcoreExitCode": { "type": "integer" }, "reason": { "type": "string" }
          }
        }
      },
      "$defs": {
        "text": { "type": ["string", "null"] },
        "texts": { "type": "array", "items": { "type": "string" } },
        "count": { "type": "integer", "minimum": 0 },
        "seconds": { "type": "number", "minimum": 0 },
        "time": { "type": "string", "pattern": "^[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}(\\.[0-9]+)?Z$" },
        "class": {
          "enum": ["absent", "permanent", "transient", "auth", "overload", "fatal", "unknown", "refused", "stopped"]
        },
        "latency": {
          "type": "object",
          "required": ["p50", "p90", "p99", "max"],
          "properties": {
            "p50": { "$ref": "#/$defs/seconds" }, "p90": { "$ref": "#/$defs/seconds" },
            "p99": { "$ref": "#/$defs/seconds" }, "max": { "$ref": "#/$defs/seconds" },
            "buckets": { "type": "array", "items": { "type": "array", "items": { "type": "integer" } } }
          }
        },
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
