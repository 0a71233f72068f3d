"""The programme's screen as plain data: what its form holds, what changed from version to version."""
