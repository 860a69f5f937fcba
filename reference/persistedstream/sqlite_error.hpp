#ifndef PERSISTEDSTREAM_SQLITE_ERROR_HPP
#define PERSISTEDSTREAM_SQLITE_ERROR_HPP

#include <boost/system/error_code.hpp>

namespace SQLite {
class Exception;
}

namespace persistedstream {

/// SQLite's extended result codes, with its own texts ("database or disk is full").
const boost::system::error_category& sqlite_category() noexcept;

/// What a failed call means to the users of a stream: `damaged` if the file's structure is broken,
/// `too_large` if a value is beyond SQLite's limits, else SQLite's own code.
boost::system::error_code error_of(const SQLite::Exception& failure) noexcept;

}  // namespace persistedstream

#endif
