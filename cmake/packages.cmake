# Libraries of the distribution that the core uses. What only one connector needs, its folder's dependencies.cmake finds.
find_package(PkgConfig REQUIRED)
find_package(Threads REQUIRED)
find_package(Boost 1.74 REQUIRED)
find_package(fmt REQUIRED)
find_package(spdlog REQUIRED)
find_package(yaml-cpp REQUIRED)
find_package(date REQUIRED)
pkg_check_modules(RDKAFKA REQUIRED IMPORTED_TARGET rdkafka)
pkg_check_modules(SQLITE REQUIRED IMPORTED_TARGET sqlite3)
# the build of Lua that raises errors as C++ exceptions: with the other one they run no destructors
pkg_check_modules(LUA REQUIRED IMPORTED_TARGET lua5.4-c++)
pkg_check_modules(ICU REQUIRED IMPORTED_TARGET icu-uc icu-i18n)
pkg_check_modules(RAPIDJSON REQUIRED IMPORTED_TARGET RapidJSON)
pkg_check_modules(XXHASH REQUIRED IMPORTED_TARGET libxxhash)
# by pkg-config: its CMake file would also want curl and civetweb, which only its push and pull parts use
pkg_check_modules(PROMETHEUS REQUIRED IMPORTED_TARGET prometheus-cpp-core)
find_library(PHONENUMBER phonenumber REQUIRED)

add_library(tributary_asio STATIC cmake/asio.cpp)
target_link_libraries(tributary_asio PUBLIC tributary_options Boost::headers Threads::Threads)

add_library(tributary_packages INTERFACE)
target_link_libraries(tributary_packages INTERFACE
  tributary_asio Boost::headers Threads::Threads fmt::fmt spdlog::spdlog yaml-cpp date::date date::date-tz
  PkgConfig::PROMETHEUS PkgConfig::RDKAFKA PkgConfig::SQLITE PkgConfig::LUA PkgConfig::ICU PkgConfig::RAPIDJSON
  PkgConfig::XXHASH ${PHONENUMBER})
target_compile_definitions(tributary_packages INTERFACE RAPIDJSON_HAS_STDSTRING=1)

# For executables. Nothing in them names mimalloc, it takes malloc's place: without the flag the linker would drop it.
add_library(tributary_allocator INTERFACE)
if(TRIBUTARY_MIMALLOC)
  find_library(MIMALLOC mimalloc REQUIRED)
  target_link_options(tributary_allocator INTERFACE LINKER:--push-state,--no-as-needed ${MIMALLOC} LINKER:--pop-state)
endif()
