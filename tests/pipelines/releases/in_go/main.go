// A service that keeps the platform's contract and is no Python: one static program.
package main

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/signal"
	"sort"
	"strings"
	"sync"
	"syscall"
	"time"
)

const limit = 64 * 1024

var (
	service, version, track, namespace = os.Getenv("SERVICE"), os.Getenv("VERSION"), os.Getenv("TRACK"), os.Getenv("NAMESPACE")

	bounds = []string{"0.005", "0.01", "0.025", "0.05", "0.1", "0.25", "0.5", "1.0", "2.5", "5.0"}
)

type metrics struct {
	sync.Mutex
	requests map[int]int
	buckets  []int
	sum      float64
}

func (m *metrics) observe(status int, seconds float64) {
	m.Lock()
	defer m.Unlock()
	m.requests[status]++
	m.sum += seconds
	for i, bound := range bounds {
		var upper float64
		fmt.Sscan(bound, &upper)
		if seconds <= upper {
			m.buckets[i]++
		}
	}
}

func (m *metrics) text() string {
	m.Lock()
	defer m.Unlock()
	labels := fmt.Sprintf(`service=%q,version=%q,track=%q,namespace=%q`, service, version, track, namespace)
	var text strings.Builder
	total, statuses := 0, []int{}
	for status, count := range m.requests {
		total += count
		statuses = append(statuses, status)
	}
	sort.Ints(statuses)
	text.WriteString("# TYPE http_requests_total counter\n")
	for _, status := range statuses {
		fmt.Fprintf(&text, "http_requests_total{%s,status=\"%d\"} %d\n", labels, status, m.requests[status])
	}
	text.WriteString("# TYPE http_request_duration_seconds histogram\n")
	for i, bound := range bounds {
		fmt.Fprintf(&text, "http_request_duration_seconds_bucket{%s,le=%q} %d\n", labels, bound, m.buckets[i])
	}
	fmt.Fprintf(&text, "http_request_duration_seconds_bucket{%s,le=\"+Inf\"} %d\n", labels, total)
	fmt.Fprintf(&text, "http_request_duration_seconds_sum{%s} %g\n", labels, m.sum)
	fmt.Fprintf(&text, "http_request_duration_seconds_count{%s} %d\n", labels, total)
	return text.String()
}

// What an answer's status was.
type recorder struct {
	http.ResponseWriter
	status int
}

func (r *recorder) WriteHeader(status int) {
	r.status = status
	r.ResponseWriter.WriteHeader(status)
}

func answer(w http.ResponseWriter, status int, content any) {
	if w.Header().Get("Content-Type") == "" {
		w.Header().Set("Content-Type", "application/json")
	}
	w.WriteHeader(status)
	json.NewEncoder(w).Encode(content)
}

func problem(w http.ResponseWriter, status int) {
	w.Header().Set("Content-Type", "application/problem+json")
	answer(w, status, map[string]any{
		"title": http.StatusText(status), "status": status, "request_id": w.Header().Get("X-Request-Id"),
	})
}

// Whether a request carries what looks like a signed token. Nothing here depends on whose it is.
func signedIn(r *http.Request) bool {
	parts := strings.Split(strings.TrimPrefix(r.Header.Get("Authorization"), "Bearer "), ".")
	header, err := base64.RawURLEncoding.DecodeString(parts[0])
	return len(parts) == 3 && err == nil && strings.Contains(string(header), `"alg"`)
}

func routes() http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("/", func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path != "/" {
			problem(w, http.StatusNotFound)
			return
		}
		answer(w, http.StatusOK, map[string]any{"service": service, "version": version})
	})
	mux.HandleFunc("/v1/dependencies", func(w http.ResponseWriter, _ *http.Request) {
		answer(w, http.StatusOK, map[string]any{"dependencies": []any{}})
	})
	mux.HandleFunc("/v1/runs", func(w http.ResponseWriter, r *http.Request) {
		if !signedIn(r) {
			w.Header().Set("WWW-Authenticate", "Bearer")
			problem(w, http.StatusUnauthorized)
			return
		}
		// For operators, and this has none.
		problem(w, http.StatusForbidden)
	})
	mux.HandleFunc("/openapi.json", func(w http.ResponseWriter, _ *http.Request) {
		operation := map[string]any{
			"security":  []any{map[string]any{"bearer": []any{}}},
			"responses": map[string]any{"403": map[string]any{"description": "Not for users."}},
		}
		answer(w, http.StatusOK, map[string]any{
			"openapi": "3.1.0",
			"info":    map[string]any{"title": "FieldDay " + service, "version": version},
			"paths":   map[string]any{"/v1/runs": map[string]any{"get": operation}},
		})
	})
	return mux
}

func handler() http.Handler {
	measured := &metrics{requests: map[int]int{}, buckets: make([]int, len(bounds))}
	inner := routes()
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		switch r.URL.Path {
		case "/livez", "/readyz":
			fmt.Fprintln(w, "ok")
			return
		case "/metrics":
			fmt.Fprint(w, measured.text())
			return
		}
		start, recorded := time.Now(), &recorder{w, http.StatusOK}
		id := r.Header.Get("X-Request-Id")
		if id == "" {
			id = fmt.Sprintf("%x", start.UnixNano())
		}
		for name, value := range map[string]string{
			"X-Request-Id": id, "X-Version": version, "X-Track": track, "X-Content-Type-Options": "nosniff",
			"Content-Security-Policy": "default-src 'none'",
		} {
			w.Header().Set(name, value)
		}
		if body, _ := io.ReadAll(io.LimitReader(r.Body, limit+1)); len(body) > limit {
			problem(recorded, http.StatusRequestEntityTooLarge)
		} else {
			inner.ServeHTTP(recorded, r)
		}
		seconds := time.Since(start).Seconds()
		measured.observe(recorded.status, seconds)
		json.NewEncoder(os.Stdout).Encode(map[string]any{
			"event": "request", "request_id": id, "path": r.URL.Path, "status": recorded.status, "seconds": seconds,
		})
	})
}

func selfTest() {
	measured := &metrics{requests: map[int]int{}, buckets: make([]int, len(bounds))}
	measured.observe(200, 0.3)
	if !strings.Contains(measured.text(), `le="0.5"} 1`) || !strings.Contains(measured.text(), `le="0.25"} 0`) {
		fmt.Println("0.3 seconds are in the wrong bucket")
		os.Exit(1)
	}
	fmt.Println("1 passed")
}

func main() {
	if len(os.Args) == 2 && os.Args[1] == "test" {
		selfTest()
		return
	}
	server := http.Server{Addr: net.JoinHostPort(os.Getenv("POD_IP"), os.Getenv("PORT")), Handler: handler()}
	stop, drained := make(chan os.Signal, 1), make(chan struct{})
	signal.Notify(stop, syscall.SIGTERM)
	go func() {
		<-stop
		server.Shutdown(context.Background())
		close(drained)
	}()
	if err := server.ListenAndServe(); err != http.ErrServerClosed {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	<-drained
}
