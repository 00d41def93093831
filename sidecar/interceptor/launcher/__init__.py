"""The privileged half of the interceptor: rules, listeners, and their end."""
