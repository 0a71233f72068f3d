"""What follows from a lesson: the answer beside one's own, what an action or a test did, the monthly digest."""
