"""Everything that turns a results file into something that a person or a tool reads: HTML, JUnit, Markdown, a diff."""
