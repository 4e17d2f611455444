# The program in a container, with a Java of its own:
#
#   ./concierge --bundle
#   docker build -t concierge .          --build-arg BASE=…: another base; any Linux with sh and glibc
#   docker run -d --restart unless-stopped -v concierge:/var/lib/concierge -v /var/run/docker.sock:/var/run/docker.sock \
#     -e CONCIERGE_PORTIER_ENDPOINT=http://portier:8080 -e CONCIERGE_IDENTITY=12345 concierge
#
# docs/portier.md tells more.
ARG BASE=debian:stable-slim
FROM ${BASE}
COPY target/bundle /opt/concierge
RUN ln -s /opt/concierge/concierge /usr/local/bin/concierge
# A container that is made anew is the same host: its name is not the container's. Tasks have no domains, so no router.
ENV CONCIERGE_HOME=/var/lib/concierge CONCIERGE_HOST__NAME=engine CONCIERGE_ROUTER__ENABLED=false
VOLUME /var/lib/concierge
ENTRYPOINT ["/opt/concierge/concierge"]
CMD ["portier"]
