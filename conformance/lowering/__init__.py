"""Program → native source, in two families: tape-style and functional."""
