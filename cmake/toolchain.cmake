# The compiler's flags, and what makes it quick.
set(CMAKE_CXX_STANDARD 23)
set(CMAKE_CXX_STANDARD_REQUIRED ON)
set(CMAKE_CXX_EXTENSIONS OFF)
set(CMAKE_EXPORT_COMPILE_COMMANDS ON)
set(CMAKE_RUNTIME_OUTPUT_DIRECTORY ${CMAKE_BINARY_DIR})
set(THREADS_PREFER_PTHREAD_FLAG ON)

# The sloppiness is what ccache asks for to cache files with precompiled headers; paths relative to the source folder
# let several checkouts share one cache.
find_program(ccache ccache)
if(ccache)
  set(CMAKE_CXX_COMPILER_LAUNCHER ${CMAKE_COMMAND} -E env
      CCACHE_SLOPPINESS=pch_defines,time_macros,include_file_mtime,include_file_ctime
      CCACHE_BASEDIR=${CMAKE_SOURCE_DIR} CCACHE_NOHASHDIR=1 ${ccache})
endif()

add_library(tributary_options INTERFACE)
target_include_directories(tributary_options INTERFACE ${CMAKE_SOURCE_DIR})
target_compile_options(tributary_options INTERFACE
  -Wall -Wextra -Wpedantic -Werror -Wshadow -Wnon-virtual-dtor -Wold-style-cast -Woverloaded-virtual -Wcast-qual
  -Wimplicit-fallthrough -Wextra-semi
  # panics of asserts and crash reports name files below the checkout, not where somebody built it
  -ffile-prefix-map=${CMAKE_SOURCE_DIR}/=)
target_compile_definitions(tributary_options INTERFACE
  $<$<BOOL:${TRIBUTARY_FAILPOINTS}>:TRIBUTARY_FAILPOINTS>
  # Asio and Beast are compiled once, in cmake/asio.cpp
  BOOST_ASIO_SEPARATE_COMPILATION BOOST_BEAST_SEPARATE_COMPILATION BOOST_ASIO_NO_DEPRECATED)

if(CMAKE_CXX_COMPILER_ID STREQUAL GNU)
  target_compile_options(tributary_options INTERFACE
    -Wduplicated-cond -Wlogical-op -Winvalid-pch -fpch-preprocess
    # GCC 12 sees overlapping copies in std::string's own code (GCC bug 105651)
    -Wno-restrict
    # at -O2 it takes Boost's big integers for uninitialized: their small and large forms share a union
    -Wno-maybe-uninitialized)
  if(TRIBUTARY_SANITIZE)
    # the instrumented code defeats this analysis; the release build has it
    target_compile_options(tributary_options INTERFACE -Wno-stringop-overflow -Wno-tsan)
  endif()
else()
  # schemas may be longer than the 64 KB the standard promises for a literal
  target_compile_options(tributary_options INTERFACE -Wno-overlength-strings)
endif()

if(TRIBUTARY_SANITIZE)
  target_compile_options(tributary_options INTERFACE
    -fsanitize=${TRIBUTARY_SANITIZE} -fno-sanitize-recover=all -fno-omit-frame-pointer
    $<$<CXX_COMPILER_ID:Clang>:-fsanitize-ignorelist=${CMAKE_SOURCE_DIR}/cmake/sanitizers.ignore>)
  target_link_options(tributary_options INTERFACE -fsanitize=${TRIBUTARY_SANITIZE})
  if(TRIBUTARY_SANITIZE STREQUAL thread)
    # into programs alone: in a library nobody would ask for it before librdkafka's are found in the C library
    target_sources(tributary_options INTERFACE
      $<$<STREQUAL:$<TARGET_PROPERTY:TYPE>,EXECUTABLE>:${CMAKE_SOURCE_DIR}/cmake/tsan_threads.cpp>)
  endif()
endif()

find_program(mold mold)
if(mold)
  target_link_options(tributary_options INTERFACE -fuse-ld=mold)
endif()

# Headers that nearly every source reads. Only the system's: their paths are the same in every checkout.
set(tributary_heavy_headers
  <algorithm> <array> <atomic> <charconv> <chrono> <condition_variable> <cstdint> <cstring> <deque> <expected>
  <filesystem> <fstream> <functional> <map> <memory> <mutex> <optional> <ranges> <span> <sstream> <string>
  <string_view> <thread> <unordered_map> <unordered_set> <utility> <variant> <vector>
  <fmt/format.h> <fmt/chrono.h> <spdlog/spdlog.h>)
