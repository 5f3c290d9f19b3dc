"""What stands behind `bin/services`. Start reading at `cli` and `choice`."""
