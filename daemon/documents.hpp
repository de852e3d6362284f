#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "core/model/result.hpp"

namespace tributary {

/// A file of the repository that is made from declarations in the source.
struct Document {
    std::filesystem::path path;  ///< Below the repository.
    std::string content;
};

/// All of them; of the connectors' READMEs those that are there, with their tables of options made anew.
Result<std::vector<Document>> generated_documents(const std::filesystem::path& repository);

/// docs/configuration.schema.json: a JSON Schema of the whole file, for editors.
std::string configuration_schema();

}  // namespace tributary
