"""Records of tests, and the page that lists them."""
