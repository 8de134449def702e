"""The doors: one module per command, each thin. They parse options, wire collaborators and render results."""
