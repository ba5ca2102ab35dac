"""Applications that are the same on every desktop: they need a book of people, a file search or an opener, not a
platform."""
