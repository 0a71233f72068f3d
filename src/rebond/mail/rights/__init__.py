"""Why we may write, what a person may say about it, and what we tell them."""
