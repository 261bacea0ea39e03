use std::fmt;

/// Defines the categories of services, and the subcategories with their parents.
macro_rules! services {
    ($($category:ident = $name:literal { $($subcategory:ident = $text:literal,)* })*) => {
        /// Category of a service, the same for all providers (`ServiceCategory`).
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        #[non_exhaustive]
        pub enum ServiceCategory {
            $(#[doc = concat!("`", $name, "`")] $category,)*
        }

        /// Subcategory of a service (`ServiceSubcategory`). Each belongs to one
        /// [`ServiceCategory`].
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        #[non_exhaustive]
        pub enum ServiceSubcategory {
            $($(#[doc = concat!("`", $text, "`")] $subcategory,)*)*
        }

        impl ServiceCategory {
            /// All categories, in the order of the specification.
            pub const VALUES: &[Self] = &[$(Self::$category),*];

            /// Returns the name of the category in FOCUS.
            #[must_use]
            pub fn as_str(self) -> &'static str {
                match self {
                    $(Self::$category => $name,)*
                }
            }
        }

        impl ServiceSubcategory {
            /// All subcategories, in the order of the specification.
            pub const VALUES: &[Self] = &[$($(Self::$subcategory),*),*];

            /// Returns the name of the subcategory in FOCUS.
            #[must_use]
            pub fn as_str(self) -> &'static str {
                match self {
                    $($(Self::$subcategory => $text,)*)*
                }
            }

            /// Returns the category that the subcategory belongs to.
            #[must_use]
            pub fn category(self) -> ServiceCategory {
                match self {
                    $($(Self::$subcategory)|* => ServiceCategory::$category,)*
                }
            }
        }
    };
}

services! {
    AiAndMachineLearning = "AI and Machine Learning" {
        AiPlatforms = "AI Platforms",
        Bots = "Bots",
        GenerativeAi = "Generative AI",
        MachineLearning = "Machine Learning",
        NaturalLanguageProcessing = "Natural Language Processing",
        OtherAiAndMachineLearning = "Other (AI and Machine Learning)",
    }
    Analytics = "Analytics" {
        AnalyticsPlatforms = "Analytics Platforms",
        BusinessIntelligence = "Business Intelligence",
        DataProcessing = "Data Processing",
        Search = "Search",
        StreamingAnalytics = "Streaming Analytics",
        OtherAnalytics = "Other (Analytics)",
    }
    BusinessApplications = "Business Applications" {
        ProductivityAndCollaboration = "Productivity and Collaboration",
        OtherBusinessApplications = "Other (Business Applications)",
    }
    Compute = "Compute" {
        Containers = "Containers",
        EndUserComputing = "End User Computing",
        QuantumCompute = "Quantum Compute",
        ServerlessCompute = "Serverless Compute",
        VirtualMachines = "Virtual Machines",
        OtherCompute = "Other (Compute)",
    }
    Databases = "Databases" {
        Caching = "Caching",
        DataWarehouses = "Data Warehouses",
        LedgerDatabases = "Ledger Databases",
        NoSqlDatabases = "NoSQL Databases",
        RelationalDatabases = "Relational Databases",
        TimeSeriesDatabases = "Time Series Databases",
        OtherDatabases = "Other (Databases)",
    }
    DeveloperTools = "Developer Tools" {
        ContinuousIntegrationAndDeployment = "Continuous Integration and Deployment",
        DeveloperPlatforms = "Developer Platforms",
        DevelopmentEnvironments = "Development Environments",
        QualityAssurance = "Quality Assurance",
        SourceCodeManagement = "Source Code Management",
        OtherDeveloperTools = "Other (Developer Tools)",
    }
    Multicloud = "Multicloud" {
        MulticloudIntegration = "Multicloud Integration",
        OtherMulticloud = "Other (Multicloud)",
    }
    Identity = "Identity" {
        IdentityAndAccessManagement = "Identity and Access Management",
        OtherIdentity = "Other (Identity)",
    }
    Integration = "Integration" {
        ApiManagement = "API Management",
        Messaging = "Messaging",
        WorkflowOrchestration = "Workflow Orchestration",
        OtherIntegration = "Other (Integration)",
    }
    InternetOfThings = "Internet of Things" {
        IotAnalytics = "IoT Analytics",
        IotPlatforms = "IoT Platforms",
        OtherInternetOfThings = "Other (Internet of Things)",
    }
    ManagementAndGovernance = "Management and Governance" {
        Architecture = "Architecture",
        Compliance = "Compliance",
        CostManagement = "Cost Management",
        DataGovernance = "Data Governance",
        DisasterRecovery = "Disaster Recovery",
        EndpointManagement = "Endpoint Management",
        Observability = "Observability",
        Support = "Support",
        OtherManagementAndGovernance = "Other (Management and Governance)",
    }
    Media = "Media" {
        ContentCreation = "Content Creation",
        Gaming = "Gaming",
        MediaStreaming = "Media Streaming",
        MixedReality = "Mixed Reality",
        OtherMedia = "Other (Media)",
    }
    Migration = "Migration" {
        DataMigration = "Data Migration",
        ResourceMigration = "Resource Migration",
        OtherMigration = "Other (Migration)",
    }
    Mobile = "Mobile" {
        OtherMobile = "Other (Mobile)",
    }
    Networking = "Networking" {
        ApplicationNetworking = "Application Networking",
        ContentDelivery = "Content Delivery",
        NetworkConnectivity = "Network Connectivity",
        NetworkInfrastructure = "Network Infrastructure",
        NetworkRouting = "Network Routing",
        NetworkSecurity = "Network Security",
        OtherNetworking = "Other (Networking)",
    }
    Security = "Security" {
        SecretManagement = "Secret Management",
        SecurityPostureManagement = "Security Posture Management",
        ThreatDetectionAndResponse = "Threat Detection and Response",
        OtherSecurity = "Other (Security)",
    }
    Storage = "Storage" {
        BackupStorage = "Backup Storage",
        BlockStorage = "Block Storage",
        FileStorage = "File Storage",
        ObjectStorage = "Object Storage",
        StoragePlatforms = "Storage Platforms",
        OtherStorage = "Other (Storage)",
    }
    Web = "Web" {
        ApplicationPlatforms = "Application Platforms",
        OtherWeb = "Other (Web)",
    }
    Other = "Other" {
        OtherOther = "Other (Other)",
    }
}

impl fmt::Display for ServiceCategory {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

impl fmt::Display for ServiceSubcategory {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}
