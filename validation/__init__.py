"""Are the statistics right? Simulations with known truth, a module per question; `./rebond validate` runs them."""
