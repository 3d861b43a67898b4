"""The protocol's messages, generated from proto/ when the package is built."""
