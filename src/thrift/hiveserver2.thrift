// HiveServer2's remote interface, protocol versions 1 to 11: what Hive's and Spark's servers speak with JDBC, PyHive and the like.
// Method names, field numbers and types are the protocol's; only what a client of SQL needs is here.
namespace cpp tidemark.thrift.wire

// The wire holds the version less one: V6 is 5.
enum TProtocolVersion {
  V1 = 0, V2 = 1, V3 = 2, V4 = 3, V5 = 4,
  V6 = 5,   // results by column, statements run asynchronously
  V7 = 6, V8 = 7, V9 = 8, V10 = 9, V11 = 10
}

enum TStatusCode { SUCCESS = 0, SUCCESS_WITH_INFO = 1, STILL_EXECUTING = 2, ERROR = 3, INVALID_HANDLE = 4 }

// What a call came to; of a statement's own fate TGetOperationStatusResp tells.
struct TStatus {
  1: required TStatusCode statusCode
  2: optional list<string> infoMessages
  3: optional string sqlState
  4: optional i32 errorCode
  5: optional string errorMessage
}

struct THandleIdentifier {
  1: required binary guid    // 16 bytes
  2: required binary secret  // 16 bytes
}

struct TSessionHandle { 1: required THandleIdentifier sessionId }

enum TOperationType {
  EXECUTE_STATEMENT = 0, GET_TYPE_INFO = 1, GET_CATALOGS = 2, GET_SCHEMAS = 3, GET_TABLES = 4, GET_TABLE_TYPES = 5,
  GET_COLUMNS = 6, GET_FUNCTIONS = 7, UNKNOWN = 8, PROCEDURAL_SQL = 9
}

struct TOperationHandle {
  1: required THandleIdentifier operationId
  2: required TOperationType operationType
  3: required bool hasResultSet
  4: optional double modifiedRowCount
}

enum TOperationState {
  INITIALIZED = 0, RUNNING = 1, FINISHED = 2, CANCELED = 3, CLOSED = 4, ERROR = 5, UNKNOWN = 6, PENDING = 7, TIMEDOUT = 8
}

// Types of columns -----------------------------------------------------------------------------------------------------

enum TTypeId {
  BOOLEAN = 0, TINYINT = 1, SMALLINT = 2, INT = 3, BIGINT = 4, FLOAT = 5, DOUBLE = 6, STRING = 7, TIMESTAMP = 8, BINARY = 9,
  ARRAY = 10, MAP = 11, STRUCT = 12, UNION = 13, USER_DEFINED = 14, DECIMAL = 15, NULL_TYPE = 16, DATE = 17, VARCHAR = 18,
  CHAR = 19, INTERVAL_YEAR_MONTH = 20, INTERVAL_DAY_TIME = 21, TIMESTAMPLOCALTZ = 22
}

union TTypeQualifierValue {
  1: optional i32 i32Value
  2: optional string stringValue
}

// "precision", "scale", "characterMaximumLength".
struct TTypeQualifiers { 1: required map<string, TTypeQualifierValue> qualifiers }

struct TPrimitiveTypeEntry {
  1: required TTypeId type
  2: optional TTypeQualifiers typeQualifiers
}

// The numbers are places in TTypeDesc.types.
struct TArrayTypeEntry { 1: required i32 objectTypePtr }
struct TMapTypeEntry {
  1: required i32 keyTypePtr
  2: required i32 valueTypePtr
}
struct TStructTypeEntry { 1: required map<string, i32> nameToTypePtr }
struct TUnionTypeEntry { 1: required map<string, i32> nameToTypePtr }
struct TUserDefinedTypeEntry { 1: required string typeClassName }

union TTypeEntry {
  1: TPrimitiveTypeEntry primitiveEntry
  2: TArrayTypeEntry arrayEntry
  3: TMapTypeEntry mapEntry
  4: TStructTypeEntry structEntry
  5: TUnionTypeEntry unionEntry
  6: TUserDefinedTypeEntry userDefinedTypeEntry
}

struct TTypeDesc { 1: required list<TTypeEntry> types }

struct TColumnDesc {
  1: required string columnName
  2: required TTypeDesc typeDesc
  3: required i32 position  // from 1
  4: optional string comment
}

struct TTableSchema { 1: required list<TColumnDesc> columns }

// Rows: a value at a time up to V5, by column since -----------------------------------------------------------------------

struct TBoolValue { 1: optional bool value }
struct TByteValue { 1: optional i8 value }
struct TI16Value { 1: optional i16 value }
struct TI32Value { 1: optional i32 value }
struct TI64Value { 1: optional i64 value }
struct TDoubleValue { 1: optional double value }
struct TStringValue { 1: optional string value }

union TColumnValue {
  1: TBoolValue boolVal
  2: TByteValue byteVal
  3: TI16Value i16Val
  4: TI32Value i32Val
  5: TI64Value i64Val
  6: TDoubleValue doubleVal
  7: TStringValue stringVal
}

struct TRow { 1: required list<TColumnValue> colVals }

// `nulls` has a bit a row, the lowest bit of the first byte first; bytes at the end that are zero may be missing. A NULL has
// some value in `values` all the same.
struct TBoolColumn { 1: required list<bool> values, 2: required binary nulls }
struct TByteColumn { 1: required list<i8> values, 2: required binary nulls }
struct TI16Column { 1: required list<i16> values, 2: required binary nulls }
struct TI32Column { 1: required list<i32> values, 2: required binary nulls }
struct TI64Column { 1: required list<i64> values, 2: required binary nulls }
struct TDoubleColumn { 1: required list<double> values, 2: required binary nulls }
struct TStringColumn { 1: required list<string> values, 2: required binary nulls }
struct TBinaryColumn { 1: required list<binary> values, 2: required binary nulls }

union TColumn {
  1: TBoolColumn boolVal
  2: TByteColumn byteVal
  3: TI16Column i16Val
  4: TI32Column i32Val
  5: TI64Column i64Val
  6: TDoubleColumn doubleVal  // FLOAT too
  7: TStringColumn stringVal  // DECIMAL, DATE, TIMESTAMP, intervals and nested values too
  8: TBinaryColumn binaryVal
}

struct TRowSet {
  1: required i64 startRowOffset
  2: required list<TRow> rows
  3: optional list<TColumn> columns
  4: optional binary binaryColumns
  5: optional i32 columnCount
}

// Calls ------------------------------------------------------------------------------------------------------------------

struct TOpenSessionReq {
  1: required TProtocolVersion client_protocol = TProtocolVersion.V10
  2: optional string username
  3: optional string password
  4: optional map<string, string> configuration
}
struct TOpenSessionResp {
  1: required TStatus status
  2: required TProtocolVersion serverProtocolVersion = TProtocolVersion.V10
  3: optional TSessionHandle sessionHandle
  4: optional map<string, string> configuration
}

struct TCloseSessionReq { 1: required TSessionHandle sessionHandle }
struct TCloseSessionResp { 1: required TStatus status }

union TGetInfoValue {
  1: string stringValue
  2: i16 smallIntValue
  3: i32 integerBitmask
  4: i32 integerFlag
  5: i32 binaryValue
  6: i64 lenValue
}
struct TGetInfoReq {
  1: required TSessionHandle sessionHandle
  2: required i32 infoType  // ODBC's numbers: 13 server name, 17 DBMS name, 18 its version, …
}
struct TGetInfoResp {
  1: required TStatus status
  2: required TGetInfoValue infoValue
}

struct TExecuteStatementReq {
  1: required TSessionHandle sessionHandle
  2: required string statement
  3: optional map<string, string> confOverlay
  4: optional bool runAsync = false
  5: optional i64 queryTimeout = 0  // seconds; 0: none
}
struct TExecuteStatementResp {
  1: required TStatus status
  2: optional TOperationHandle operationHandle
}

struct TGetTypeInfoReq { 1: required TSessionHandle sessionHandle }
struct TGetTypeInfoResp {
  1: required TStatus status
  2: optional TOperationHandle operationHandle
}

struct TGetCatalogsReq { 1: required TSessionHandle sessionHandle }
struct TGetCatalogsResp {
  1: required TStatus status
  2: optional TOperationHandle operationHandle
}

// Names in the metadata calls are patterns: % and _, with \ before a character that stands for itself.
struct TGetSchemasReq {
  1: required TSessionHandle sessionHandle
  2: optional string catalogName
  3: optional string schemaName
}
struct TGetSchemasResp {
  1: required TStatus status
  2: optional TOperationHandle operationHandle
}

struct TGetTablesReq {
  1: required TSessionHandle sessionHandle
  2: optional string catalogName
  3: optional string schemaName
  4: optional string tableName
  5: optional list<string> tableTypes
}
struct TGetTablesResp {
  1: required TStatus status
  2: optional TOperationHandle operationHandle
}

struct TGetTableTypesReq { 1: required TSessionHandle sessionHandle }
struct TGetTableTypesResp {
  1: required TStatus status
  2: optional TOperationHandle operationHandle
}

struct TGetColumnsReq {
  1: required TSessionHandle sessionHandle
  2: optional string catalogName
  3: optional string schemaName
  4: optional string tableName
  5: optional string columnName
}
struct TGetColumnsResp {
  1: required TStatus status
  2: optional TOperationHandle operationHandle
}

struct TGetFunctionsReq {
  1: required TSessionHandle sessionHandle
  2: optional string catalogName
  3: optional string schemaName
  4: required string functionName
}
struct TGetFunctionsResp {
  1: required TStatus status
  2: optional TOperationHandle operationHandle
}

struct TGetPrimaryKeysReq {
  1: required TSessionHandle sessionHandle
  2: optional string catalogName
  3: optional string schemaName
  4: optional string tableName
}
struct TGetPrimaryKeysResp {
  1: required TStatus status
  2: optional TOperationHandle operationHandle
}

struct TGetCrossReferenceReq {
  1: required TSessionHandle sessionHandle
  2: optional string parentCatalogName
  3: optional string parentSchemaName
  4: optional string parentTableName
  5: optional string foreignCatalogName
  6: optional string foreignSchemaName
  7: optional string foreignTableName
}
struct TGetCrossReferenceResp {
  1: required TStatus status
  2: optional TOperationHandle operationHandle
}

enum TJobExecutionStatus { IN_PROGRESS = 0, COMPLETE = 1, NOT_AVAILABLE = 2 }

struct TProgressUpdateResp {
  1: required list<string> headerNames
  2: required list<list<string>> rows
  3: required double progressedPercentage  // 0 to 1
  4: required TJobExecutionStatus status
  5: required string footerSummary
  6: required i64 startTime
}

struct TGetOperationStatusReq {
  1: required TOperationHandle operationHandle
  2: optional bool getProgressUpdate
}
struct TGetOperationStatusResp {
  1: required TStatus status
  2: optional TOperationState operationState
  3: optional string sqlState
  4: optional i32 errorCode
  5: optional string errorMessage
  6: optional string taskStatus
  7: optional i64 operationStarted
  8: optional i64 operationCompleted
  9: optional bool hasResultSet
  10: optional TProgressUpdateResp progressUpdateResponse
  11: optional i64 numModifiedRows
}

struct TCancelOperationReq { 1: required TOperationHandle operationHandle }
struct TCancelOperationResp { 1: required TStatus status }

struct TCloseOperationReq { 1: required TOperationHandle operationHandle }
struct TCloseOperationResp { 1: required TStatus status }

struct TGetResultSetMetadataReq { 1: required TOperationHandle operationHandle }
struct TGetResultSetMetadataResp {
  1: required TStatus status
  2: optional TTableSchema schema
}

enum TFetchOrientation { NEXT = 0, PRIOR = 1, RELATIVE = 2, ABSOLUTE = 3, FIRST = 4, LAST = 5 }

struct TFetchResultsReq {
  1: required TOperationHandle operationHandle
  2: required TFetchOrientation orientation = TFetchOrientation.NEXT
  3: required i64 maxRows
  4: optional i16 fetchType = 0  // 0 the result, 1 the statement's log
}
struct TFetchResultsResp {
  1: required TStatus status
  2: optional bool hasMoreRows  // not to be relied on: servers say no and have more; the end is an empty batch
  3: optional TRowSet results
}

struct TGetQueryIdReq { 1: required TOperationHandle operationHandle }
struct TGetQueryIdResp { 1: required string queryId }

service TCLIService {
  TOpenSessionResp OpenSession(1: TOpenSessionReq req)
  TCloseSessionResp CloseSession(1: TCloseSessionReq req)
  TGetInfoResp GetInfo(1: TGetInfoReq req)
  TExecuteStatementResp ExecuteStatement(1: TExecuteStatementReq req)
  TGetTypeInfoResp GetTypeInfo(1: TGetTypeInfoReq req)
  TGetCatalogsResp GetCatalogs(1: TGetCatalogsReq req)
  TGetSchemasResp GetSchemas(1: TGetSchemasReq req)
  TGetTablesResp GetTables(1: TGetTablesReq req)
  TGetTableTypesResp GetTableTypes(1: TGetTableTypesReq req)
  TGetColumnsResp GetColumns(1: TGetColumnsReq req)
  TGetFunctionsResp GetFunctions(1: TGetFunctionsReq req)
  TGetPrimaryKeysResp GetPrimaryKeys(1: TGetPrimaryKeysReq req)
  TGetCrossReferenceResp GetCrossReference(1: TGetCrossReferenceReq req)
  TGetOperationStatusResp GetOperationStatus(1: TGetOperationStatusReq req)
  TCancelOperationResp CancelOperation(1: TCancelOperationReq req)
  TCloseOperationResp CloseOperation(1: TCloseOperationReq req)
  TGetResultSetMetadataResp GetResultSetMetadata(1: TGetResultSetMetadataReq req)
  TFetchResultsResp FetchResults(1: TFetchResultsReq req)
  TGetQueryIdResp GetQueryId(1: TGetQueryIdReq req)
}
