# Writes OUTPUT, a C++ file that has the SQL files of DIRECTORY as Migrations(). Run with cmake -P.
file(GLOB files ${DIRECTORY}/*.sql)
list(SORT files)
set(rows "")
set(expected 1)
foreach(file ${files})
  get_filename_component(name ${file} NAME_WE)
  if(NOT name MATCHES "^([0-9][0-9][0-9][0-9])_[a-z_]+$")
    message(FATAL_ERROR "${file}: a migration is named NNNN_name.sql")
  endif()
  math(EXPR version "1${CMAKE_MATCH_1} - 10000")
  if(NOT version EQUAL expected)
    message(FATAL_ERROR "${file}: version ${expected} is missing")
  endif()
  math(EXPR expected "${expected} + 1")
  file(READ ${file} sql)
  string(APPEND rows "    {${version}, \"${name}\", R\"sql(${sql})sql\"},\n")
endforeach()
file(WRITE ${OUTPUT} "#include \"common/storage/postgresql/migrations.h\"

namespace clientele::storage::postgresql {

absl::Span<const Migration> Migrations() {
  static constexpr Migration kMigrations[] = {
${rows}  };
  return kMigrations;
}

}  // namespace clientele::storage::postgresql
")
