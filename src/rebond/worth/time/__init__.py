"""The Value of time page: its blocks, their findings, the words of their figures."""
