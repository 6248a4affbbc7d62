"""living-review: study data in YAML under git to a finished, living systematic review."""
