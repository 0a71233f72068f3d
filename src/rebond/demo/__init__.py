"""The demo company: invented, seeded, and written through the same actions as real data."""
