"""What every room may lean on: errors, text, money. Knows no deal, no person, no screen."""
