// What ThreadSanitizer is not to report; in the program and the tests, because the children of a worker get no
// environment.
//
// libarrow and libparquet come without instrumentation: ThreadSanitizer sees the memory that their threads free, but
// not the atomic reference counts and queues that hand it over. Every report with a frame of theirs is of that kind (a
// future that was waited for, freed by the pool's thread). They run in `backtest attempt`, in `backtest run` and in
// tests that write Parquet files; the service's own process starts no thread of theirs.
extern "C" const char* __tsan_default_suppressions() {
  return "race:libarrow.so\nrace:libparquet.so\n";
}
