"""The six questions, and the facts that stand beside each."""
