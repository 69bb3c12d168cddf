"""What a person sees at a terminal: columns, trees, words and the story of each thing the library gives.

`cli` prints what the modules here lay out; nothing is decided here.
"""
