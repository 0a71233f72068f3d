"""What the Patterns screen and ``rebond patterns`` say: whose deals of which time (``view``), from warm facts."""
