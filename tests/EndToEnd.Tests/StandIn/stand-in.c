/*
 * A stand-in for a program whose image cannot be had. It listens where the real program would with the same arguments, with TLS
 * where that has it, and answers: a health check where that answers it, everything else with words that say what this is. Each
 * request is a line of its log. While there is a file /tmp/not-ready, every answer is 503. It does nothing else.
 *
 *   stand-in traefik|headlamp|kubernetes-dashboard ARGUMENTS...
 */
#include <arpa/inet.h>
#include <openssl/ssl.h>
#include <openssl/x509.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

enum { MOST_LISTENERS = 8, LONGEST_REQUEST = 16384 };

struct listener {
    char name[32];
    int port;
    int has_tls;
    int socket;
};

struct connection {
    const struct listener *listener;
    int socket;
};

static const char *program;
static const char *base_path = "";
static const char *health_path = "";   /* answered on the listener "traefik" alone, as Traefik does */
static struct listener listeners[MOST_LISTENERS];
static int listener_count;
static SSL_CTX *tls;

static void fail(const char *what) {
    fprintf(stderr, "stand-in for %s: ", program);
    perror(what);
    exit(1);
}

static struct listener *listener_named(const char *name) {
    for (int i = 0; i < listener_count; i++)
        if (strcmp(listeners[i].name, name) == 0)
            return &listeners[i];
    if (listener_count == MOST_LISTENERS)
        fail("too many listeners");
    struct listener *added = &listeners[listener_count++];
    snprintf(added->name, sizeof added->name, "%s", name);
    return added;
}

/* https://doc.traefik.io/traefik/reference/install-configuration/entrypoints/ and .../observability/healthcheck/ */
static void read_traefik(const char *argument) {
    char name[32], word[8];
    int port;
    if (sscanf(argument, "--entryPoints.%31[^.].address=:%d", name, &port) == 2)
        listener_named(name)->port = port;
    else if (sscanf(argument, "--entryPoints.%31[^.].http.tls=%7s", name, word) == 2)
        listener_named(name)->has_tls = strcmp(word, "true") == 0;
    else if (strcmp(argument, "--ping=true") == 0)
        health_path = "/ping";
}

/* kubernetes-sigs/headlamp, backend/pkg/config/config.go */
static void read_headlamp(const char *argument) {
    struct listener *http = listener_named("http");
    if (http->port == 0)
        http->port = 4466;
    if (strncmp(argument, "-base-url=", 10) == 0)
        base_path = argument + 10;
    else
        sscanf(argument, "-port=%d", &http->port);
}

/* kubernetes/dashboard v2.7.0, src/app/backend/dashboard.go: with certificates of its own, TLS on 8443, else nothing but localhost */
static void read_dashboard(const char *argument) {
    if (strcmp(argument, "--auto-generate-certificates") == 0)
        *listener_named("https") = (struct listener) { "https", 8443, 1, 0 };
}

/* A certificate that nobody verifies, made at the start as the real programs do. */
static SSL_CTX *new_tls(void) {
    SSL_CTX *context = SSL_CTX_new(TLS_server_method());
    EVP_PKEY *key = EVP_EC_gen("P-256");
    X509 *certificate = X509_new();
    X509_set_version(certificate, X509_VERSION_3);
    X509_gmtime_adj(X509_getm_notBefore(certificate), -300);
    X509_gmtime_adj(X509_getm_notAfter(certificate), 24 * 60 * 60);
    X509_set_pubkey(certificate, key);
    X509_NAME_add_entry_by_txt(X509_get_subject_name(certificate), "CN", MBSTRING_ASC, (const unsigned char *)"stand-in", -1, -1, 0);
    X509_set_issuer_name(certificate, X509_get_subject_name(certificate));
    if (!X509_sign(certificate, key, EVP_sha256()) || !SSL_CTX_use_certificate(context, certificate) || !SSL_CTX_use_PrivateKey(context, key))
        fail("certificate");
    return context;
}

static int status_of(const struct listener *listener, const char *path) {
    if (access("/tmp/not-ready", F_OK) == 0)
        return 503;
    if (strcmp(listener->name, "traefik") == 0)
        return *health_path && strcmp(path, health_path) == 0 ? 200 : 404;
    size_t length = strlen(base_path);
    return strncmp(path, base_path, length) == 0 && path[length] == '/' ? 200 : 404;
}

static int receive(SSL *secure, int socket, char *into, int most) {
    return secure ? SSL_read(secure, into, most) : (int)read(socket, into, (size_t)most);
}

static void answer(SSL *secure, const struct connection *connection) {
    char request[LONGEST_REQUEST] = "", method[16], path[2048], client[64] = "-", body[4096], text[8192];
    int length = 0, got;
    while (!strstr(request, "\r\n\r\n") && length < LONGEST_REQUEST - 1
           && (got = receive(secure, connection->socket, request + length, LONGEST_REQUEST - 1 - length)) > 0)
        request[length += got] = 0;
    if (sscanf(request, "%15s %2047s", method, path) != 2)
        return;
    const char *agent = strcasestr(request, "\r\nUser-Agent: ");
    if (agent)
        sscanf(agent + 14, "%63[^\r]", client);
    const struct listener *listener = connection->listener;
    const char *scheme = listener->has_tls ? "https" : "http";
    int status = status_of(listener, path);
    printf("%d %s %s on %d by %s from %s\n", status, method, path, listener->port, scheme, client);
    int size = snprintf(body, sizeof body, "stand-in for %s: %s on %d by %s\n", program, path, listener->port, scheme);
    size = snprintf(text, sizeof text, "HTTP/1.1 %d %s\r\nContent-Type: text/plain\r\nContent-Length: %d\r\nConnection: close\r\n\r\n%s",
                    status, status == 200 ? "OK" : status == 404 ? "Not Found" : "Service Unavailable", size, body);
    if (secure) {
        SSL_write(secure, text, size);
        SSL_shutdown(secure);
    } else if (write(connection->socket, text, (size_t)size) < 0) {
        perror("write");
    }
}

static void *serve(void *argument) {
    struct connection *connection = argument;
    SSL *secure = connection->listener->has_tls ? SSL_new(tls) : NULL;
    if (!secure || (SSL_set_fd(secure, connection->socket) && SSL_accept(secure) == 1))
        answer(secure, connection);
    SSL_free(secure);
    close(connection->socket);
    free(connection);
    return NULL;
}

static void *listen_on(void *argument) {
    const struct listener *listener = argument;
    int socket;
    while ((socket = accept(listener->socket, NULL, NULL)) >= 0) {
        struct connection *connection = malloc(sizeof *connection);
        struct timeval patience = { .tv_sec = 5 };
        pthread_t thread;
        *connection = (struct connection) { listener, socket };
        setsockopt(socket, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
        if (pthread_create(&thread, NULL, serve, connection) != 0)
            fail("thread");
        pthread_detach(thread);
    }

    fail("accept");
    return NULL;
}

static void open_listener(struct listener *listener) {
    int yes = 1;
    struct sockaddr_in address = { .sin_family = AF_INET, .sin_port = htons((unsigned short)listener->port) };
    listener->socket = socket(AF_INET, SOCK_STREAM, 0);
    setsockopt(listener->socket, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof yes);
    if (bind(listener->socket, (struct sockaddr *)&address, sizeof address) != 0 || listen(listener->socket, 64) != 0)
        fail("listen");
}

/* The first process of a container is not ended by a signal that it has no handler for. */
static void end(int signal) {
    _exit(signal == SIGTERM ? 0 : 1);
}

int main(int count, char **arguments) {
    program = count > 1 ? arguments[1] : "nothing";
    void (*read_argument)(const char *) = strcmp(program, "traefik") == 0 ? read_traefik
        : strcmp(program, "headlamp") == 0 ? read_headlamp
        : strcmp(program, "kubernetes-dashboard") == 0 ? read_dashboard : NULL;
    if (!read_argument) {
        fprintf(stderr, "stand-in: for traefik, headlamp or kubernetes-dashboard, not for %s\n", program);
        return 2;
    }

    signal(SIGTERM, end);
    signal(SIGINT, end);
    signal(SIGPIPE, SIG_IGN);
    setvbuf(stdout, NULL, _IOLBF, 0);
    for (int i = 2; i < count; i++)
        read_argument(arguments[i]);
    tls = new_tls();
    for (int i = 0; i < listener_count; i++) {
        pthread_t thread;
        open_listener(&listeners[i]);
        printf("stand-in for %s: listens on %d by %s\n", program, listeners[i].port, listeners[i].has_tls ? "https" : "http");
        if (pthread_create(&thread, NULL, listen_on, &listeners[i]) != 0)
            fail("thread");
    }

    for (;;)
        pause();
}
