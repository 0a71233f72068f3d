"""What a free text means: plain rules, what the team confirmed, and an endpoint where one is set."""
