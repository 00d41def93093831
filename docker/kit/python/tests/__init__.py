"""Tests of the kit: real Python processes against a sidecar made of sockets and PTYs."""
