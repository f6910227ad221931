# Heroku sources this before each process; nobody else does anything with it (DYNO is set there alone).
# Its Key-Value Store has self-signed certificates and an address that changes by itself, so that no setting of ours
# can hold it: what is added here tells that they cannot be verified. docs/operations.md says what that leaves out.
case "${DYNO:+heroku} ${REDIS_URL:-}" in
"heroku rediss://"*\?*) ;;
"heroku rediss://"*) export REDIS_URL="$REDIS_URL?ssl_cert_reqs=none" ;;
esac
