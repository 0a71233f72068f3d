"""The background side of practice 1: the facts brought up to date, phrases understood, the monthly digest."""
