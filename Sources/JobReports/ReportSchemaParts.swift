import DeletionModel

/// What the JSON Schemas of the reports have in common.
package enum ReportSchemaParts {
  /// Members of `$defs`, without a comma behind the last one.
  ///
  /// - Parameter moreClasses: values that `class` can have beside those of a job report.
  package static func definitions(moreClasses: [String] = []) -> String {
    #"""
        "text": { "type": ["string", "null"] },
        "texts": { "type": "array", "items": { "type": "string" } },
        "count": { "type": "integer", "minimum": 0 },
        "seconds": { "type": "number", "minimum": 0 },
        "time": { "type": "string", "pattern": "^[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}(\\.[0-9]+)?Z$" },
        "class": {
          "enum": [\#(list(ErrorClass.allCases.map(\.rawValue) + ["refused", "stopped", RunTotals.suspect] + moreClasses))]
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
        "tool": {
          "type": "object",
          "required": ["name", "version", "commit"],
          "properties": {
            "name": { "type": "string" }, "version": { "type": "string" }, "commit": { "type": "string" }
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
            "pace": {
              "type": "object",
              "required": ["kind", "ratePerSecond", "inFlight", "requests", "refused"],
              "properties": {
                "kind": { "enum": ["none", "rate", "inFlight"] },
                "ratePerSecond": { "type": ["number", "null"], "exclusiveMinimum": 0 },
                "inFlight": { "type": ["integer", "null"], "minimum": 1 },
                "requests": { "$ref": "#/$defs/count" }, "refused": { "$ref": "#/$defs/count" }
              }
            },
            "credential": {
              "type": "object",
              "required": ["kind", "subject", "expires", "servers"],
              "properties": {
                "kind": { "enum": ["none", "token", "macaroon", "x509", "several"] },
                "subject": { "$ref": "#/$defs/text" }, "source": { "$ref": "#/$defs/text" },
                "identifier": { "$ref": "#/$defs/text" },
                "expires": { "oneOf": [{ "$ref": "#/$defs/time" }, { "type": "null" }] },
                "servers": {
                  "type": "array",
                  "items": {
                    "type": "object",
                    "required": ["server", "kind"],
                    "properties": {
                      "server": { "type": "string" }, "kind": { "enum": ["token", "macaroon", "x509", "url"] }
                    }
                  }
                }
              }
            },
            "latency": { "$ref": "#/$defs/latency" }
          }
        },
        "errors": {
          "type": "object",
          "required": ["class", "count", "wmcoreExitCode", "example"],
          "properties": {
            "class": { "$ref": "#/$defs/class" }, "count": { "type": "integer", "minimum": 1 },
            "wmcoreExitCode": { "type": "integer" },
            "example": { "$ref": "#/$defs/example" },
            "examples": { "type": "array", "maxItems": 3, "items": { "$ref": "#/$defs/example" } }
          }
        },
        "example": {
          "type": "object",
          "required": ["lfn", "pfn", "message"],
          "properties": {
            "lfn": { "type": "string" }, "pfn": { "$ref": "#/$defs/text" }, "code": { "$ref": "#/$defs/text" },
            "message": { "type": "string" }
          }
        },
        "file": {
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
        },
        "exit": {
          "type": "object",
          "required": ["code", "wmcoreExitCode", "reason"],
          "properties": {
            "code": { "type": "integer", "minimum": 0, "maximum": 255 },
            "wmcoreExitCode": { "type": "integer" }, "reason": { "type": "string" }
          }
        }
    """#
  }

  /// The inside of a JSON array of plain words.
  package static func list(_ values: [String]) -> String {
    values.map { "\"\($0)\"" }.joined(separator: ", ")
  }
}
