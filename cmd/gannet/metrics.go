package main

import (
	"context"
	"log/slog"
	"net/http"
	"net/http/pprof"
	"strconv"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"
	"github.com/prometheus/client_golang/prometheus/promhttp"

	"github.com/gannetmail/gannet/calendar/subscription"
	"github.com/gannetmail/gannet/store"
)

// metrics are the figures of one server. Labels are few and never from the network: no accounts, no
// addresses.
type metrics struct {
	registry *prometheus.Registry
	requests *prometheus.CounterVec
	duration *prometheus.HistogramVec
	inFlight *prometheus.GaugeVec
	fetches  *prometheus.CounterVec
}

func newMetrics(st store.Store, log *slog.Logger) *metrics {
	m := &metrics{
		registry: prometheus.NewRegistry(),
		requests: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "gannet_http_requests_total", Help: "Answered HTTP requests.",
		}, []string{"route", "method", "code"}),
		duration: prometheus.NewHistogramVec(prometheus.HistogramOpts{
			Name: "gannet_http_request_seconds", Help: "Time to answer; parked Pings and Syncs are in the last buckets.",
			Buckets: []float64{.001, .005, .02, .1, .5, 2, 10, 60, 600, 3600},
		}, []string{"route"}),
		inFlight: prometheus.NewGaugeVec(prometheus.GaugeOpts{
			Name: "gannet_http_requests_in_flight", Help: "Requests being answered; of activesync nearly all are parked.",
		}, []string{"route"}),
		fetches: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "gannet_calendar_fetches_total", Help: "Fetches of subscribed calendars.",
		}, []string{"outcome"}),
	}
	for _, outcome := range subscription.Outcomes {
		m.fetches.WithLabelValues(outcome)
	}
	m.registry.MustRegister(m.requests, m.duration, m.inFlight, m.fetches, &storeCollector{st, log},
		collectors.NewGoCollector(), collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}))
	build := prometheus.NewGauge(prometheus.GaugeOpts{
		Name: "gannet_build_info", Help: "1, with the version as label.",
		ConstLabels: prometheus.Labels{"version": version, "commit": buildCommit()},
	})
	build.Set(1)
	m.registry.MustRegister(build)
	return m
}

// begin counts a request that starts.
func (m *metrics) begin(route string) { m.inFlight.WithLabelValues(route).Inc() }

// end counts a request that was answered.
func (m *metrics) end(route, method string, status int, took time.Duration) {
	m.inFlight.WithLabelValues(route).Dec()
	m.duration.WithLabelValues(route).Observe(took.Seconds())
	switch method {
	case http.MethodGet, http.MethodHead, http.MethodPost, http.MethodOptions:
	default:
		method = "other"
	}
	m.requests.WithLabelValues(route, method, strconv.Itoa(status)).Inc()
}

// fetched counts a fetch of a subscribed calendar.
func (m *metrics) fetched(outcome string) { m.fetches.WithLabelValues(outcome).Inc() }

// storeCollector reads figures from the store when they are asked for.
type storeCollector struct {
	store store.Store
	log   *slog.Logger
}

var (
	accountsDesc   = prometheus.NewDesc("gannet_accounts", "Accounts.", nil, nil)
	storedDesc     = prometheus.NewDesc("gannet_stored_bytes", "Bytes of all messages, as the quotas count them.", nil, nil)
	queuedDesc     = prometheus.NewDesc("gannet_queue_recipients", "Recipients that wait in the outbound queue.", nil, nil)
	queueOldest    = prometheus.NewDesc("gannet_queue_oldest_seconds", "Age of the oldest of them.", nil, nil)
	commitDesc     = prometheus.NewDesc("gannet_store_commit_seconds", "How long an empty write took just now, its wait in the queue included.", nil, nil)
	collectTimeout = 5 * time.Second
)

// Describe implements prometheus.Collector.
func (c *storeCollector) Describe(ch chan<- *prometheus.Desc) {
	for _, d := range []*prometheus.Desc{accountsDesc, storedDesc, queuedDesc, queueOldest, commitDesc} {
		ch <- d
	}
}

// Collect implements prometheus.Collector.
func (c *storeCollector) Collect(ch chan<- prometheus.Metric) {
	ctx, cancel := context.WithTimeout(context.Background(), collectTimeout)
	defer cancel()
	err := c.store.View(ctx, 0, func(r store.Reader) error { return collectDirectory(r, ch) })
	if err != nil {
		c.log.LogAttrs(ctx, slog.LevelWarn, "metrics of the store", slog.Any("error", err))
	}
	start := time.Now()
	if err := c.store.Update(ctx, 0, func(store.Tx) error { return nil }); err == nil {
		ch <- prometheus.MustNewConstMetric(commitDesc, prometheus.GaugeValue, time.Since(start).Seconds())
	}
}

func collectDirectory(r store.Directory, ch chan<- prometheus.Metric) error {
	accounts, err := r.Accounts()
	if err != nil {
		return err
	}
	var used int64
	for _, a := range accounts {
		used += a.Used
	}
	var queued int
	var oldest time.Time
	err = eachQueued(r, func(q store.Queued) error {
		queued++
		if oldest.IsZero() || q.Created.Before(oldest) {
			oldest = q.Created
		}
		return nil
	})
	if err != nil {
		return err
	}
	age := 0.0
	if !oldest.IsZero() {
		age = time.Since(oldest).Seconds()
	}
	gauge := func(d *prometheus.Desc, v float64) {
		ch <- prometheus.MustNewConstMetric(d, prometheus.GaugeValue, v)
	}
	gauge(accountsDesc, float64(len(accounts)))
	gauge(storedDesc, float64(used))
	gauge(queuedDesc, float64(queued))
	gauge(queueOldest, age)
	return nil
}

// metricsHandler is what the metrics listener serves.
func (m *metrics) metricsHandler() http.Handler {
	mux := http.NewServeMux()
	mux.Handle("GET /metrics", promhttp.HandlerFor(m.registry, promhttp.HandlerOpts{}))
	mux.HandleFunc("GET /healthz", healthy)
	mux.HandleFunc("/debug/pprof/", pprof.Index)
	mux.HandleFunc("/debug/pprof/cmdline", pprof.Cmdline)
	mux.HandleFunc("/debug/pprof/profile", pprof.Profile)
	mux.HandleFunc("/debug/pprof/symbol", pprof.Symbol)
	mux.HandleFunc("/debug/pprof/trace", pprof.Trace)
	return mux
}
