"""What rules ask of concrete syntax trees. Importing a module of this package loads libcst."""
