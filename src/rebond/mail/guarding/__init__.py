"""What may hold a mail back: the guards in their order, and what they look at."""
