"""One module per word of the command line: ``add_arguments(parser)`` and ``run(options) -> exit code``."""
