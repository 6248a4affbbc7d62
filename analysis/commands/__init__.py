"""The subcommands of `living-review`, grouped by what they work on."""
