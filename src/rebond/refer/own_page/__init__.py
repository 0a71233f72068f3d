"""What an advocate's own page says, and the link that leads to it."""
