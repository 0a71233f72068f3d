"""What the screens of staying in touch show: one person, one list, one note."""
