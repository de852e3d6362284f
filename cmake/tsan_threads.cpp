// Only in builds with the thread sanitizer. librdkafka makes its threads and locks by C11's <threads.h>, which the
// sanitizer of GCC 12 does not know: a thread that it has not seen begin ends the process in its first allocation. The
// C library's own are thin coats over POSIX threads of the same layout, and so are these, where the sanitizer sees
// them.

#include <pthread.h>
#include <threads.h>

#include <cerrno>
#include <cstdint>
#include <ctime>
#include <memory>

namespace {

struct Start {
    thrd_start_t function;
    void* argument;
};

void* begin(void* start) {
    const std::unique_ptr<Start> own(static_cast<Start*>(start));
    return reinterpret_cast<void*>(static_cast<std::intptr_t>(own->function(own->argument)));
}

pthread_mutex_t* posix(mtx_t* mutex) { return reinterpret_cast<pthread_mutex_t*>(mutex); }
pthread_cond_t* posix(cnd_t* condition) { return reinterpret_cast<pthread_cond_t*>(condition); }

int meaning(int error) {
    switch (error) {
        case 0:
            return thrd_success;
        case ETIMEDOUT:
            return thrd_timedout;
        case ENOMEM:
            return thrd_nomem;
        case EBUSY:
            return thrd_busy;
        default:
            return thrd_error;
    }
}

}  // namespace

extern "C" {

int thrd_create(thrd_t* thread, thrd_start_t function, void* argument) {
    auto start = std::make_unique<Start>(Start{function, argument});
    const int error = pthread_create(thread, nullptr, begin, start.get());
    if (error == 0) (void)start.release();
    return meaning(error);
}

int thrd_join(thrd_t thread, int* result) {
    void* ended = nullptr;
    const int error = pthread_join(thread, &ended);
    if (result != nullptr) *result = static_cast<int>(reinterpret_cast<std::intptr_t>(ended));
    return meaning(error);
}

int mtx_init(mtx_t* mutex, int /*type*/) { return meaning(pthread_mutex_init(posix(mutex), nullptr)); }
void mtx_destroy(mtx_t* mutex) { pthread_mutex_destroy(posix(mutex)); }
int mtx_lock(mtx_t* mutex) { return meaning(pthread_mutex_lock(posix(mutex))); }
int mtx_unlock(mtx_t* mutex) { return meaning(pthread_mutex_unlock(posix(mutex))); }

int cnd_init(cnd_t* condition) { return meaning(pthread_cond_init(posix(condition), nullptr)); }
void cnd_destroy(cnd_t* condition) { pthread_cond_destroy(posix(condition)); }
int cnd_signal(cnd_t* condition) { return meaning(pthread_cond_signal(posix(condition))); }
int cnd_broadcast(cnd_t* condition) { return meaning(pthread_cond_broadcast(posix(condition))); }
int cnd_wait(cnd_t* condition, mtx_t* mutex) { return meaning(pthread_cond_wait(posix(condition), posix(mutex))); }
int cnd_timedwait(cnd_t* condition, mtx_t* mutex, const timespec* until) {
    return meaning(pthread_cond_timedwait(posix(condition), posix(mutex), until));
}

}  // extern "C"
